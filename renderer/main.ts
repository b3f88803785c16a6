import { mount } from 'svelte';
import App from './design/App.probe.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target, props: { name: 'Sotto' } });
